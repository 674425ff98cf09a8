package mockservertest_test

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ratecliff/mockserver"
	"ratecliff/mockserver/mockservertest"
	"ratecliff/mockserver/model"
)

// The README shows this test word for word.
func TestMyClientWaitsForItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // time in here is virtual: ten seconds pass at once
		limits := model.Config{RPM: 6, Burst: 1} // one request every ten seconds
		mock := mockservertest.StartInMemory(t, mockserver.Config{Model: limits})
		began := time.Now()
		for range 2 {
			if err := ask(mock.Client, mock.URL); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took < 10*time.Second {
			t.Errorf("two answers within %v: the limit did not hold", took)
		}
	})
}

// ask stands for a client under test: it waits as long as it is told, up to
// three times.
func ask(client *http.Client, base string) error {
	for range 3 {
		req, err := http.NewRequest(http.MethodPost, base+"/v1/messages", strings.NewReader(
			`{"model": "claude-sonnet-5", "max_tokens": 64, "messages": [{"role": "user", "content": "hi"}]}`))
		if err != nil {
			return err
		}
		req.Header = http.Header{"X-Api-Key": {"any"}, "Anthropic-Version": {"2023-06-01"}}
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		if err := resp.Body.Close(); err != nil || resp.StatusCode == http.StatusOK {
			return err
		}
		seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
		if err != nil {
			return err
		}
		time.Sleep(time.Duration(seconds) * time.Second)
	}
	return errors.New("refused three times")
}
