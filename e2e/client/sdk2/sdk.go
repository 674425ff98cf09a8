// Package sdk2 is the Go SDK, major version 2.
package sdk2

//go:generate sh -c "sed -e 's/sdk2/sdk1/; s/major version 2/major version 1/; s#anthropic-sdk-go/v2#anthropic-sdk-go#; /go:generate/,+1d' sdk.go >../sdk1/sdk.go"

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	anthropic "github.com/anthropics/anthropic-sdk-go/v2"
	"github.com/anthropics/anthropic-sdk-go/v2/option"

	"ratecliff/e2e/client"
)

// SDK is the client. The zero SDK is ready.
type SDK struct{ Pin string }

// Name is the module's path.
func (SDK) Name() string { return "anthropic-sdk-go/v2" }

// Version is the module's version.
func (s SDK) Version() string { return s.Pin }

// Do carries out a call.
func (s SDK) Do(ctx context.Context, call client.Call) (a client.Answer) {
	began := time.Now()
	opts := []option.RequestOption{option.WithBaseURL(call.Base), option.WithAPIKey(call.Key)}
	if call.Retries != nil {
		opts = append(opts, option.WithMaxRetries(*call.Retries))
	}
	api := anthropic.NewClient(opts...)
	a.ID = call.ID
	err := do(ctx, &api, call, &a)
	a.Seconds = time.Since(began).Seconds()
	if err != nil {
		a.Error = describe(err)
	}
	return a
}

func do(ctx context.Context, api *anthropic.Client, call client.Call, a *client.Answer) error {
	p := params(call)
	if strings.HasPrefix(call.Op, "tool") {
		withTool(&p)
	}
	if strings.HasPrefix(call.Op, "thinking") {
		p.Thinking = anthropic.ThinkingConfigParamOfEnabled(1024)
	}
	switch call.Op {
	case "message", "tool", "thinking":
		return message(ctx, api, p, a)
	case "stream", "tool_stream", "thinking_stream":
		return stream(ctx, api, p, a)
	case "count":
		n, err := api.Messages.CountTokens(ctx, anthropic.MessageCountTokensParams{Model: p.Model, Messages: p.Messages})
		if err != nil {
			return err
		}
		a.Input = n.InputTokens
		return nil
	case "batch":
		return batch(ctx, api, p, a)
	case "models":
		pages := api.Models.ListAutoPaging(ctx, anthropic.ModelListParams{Limit: anthropic.Int(2)})
		for pages.Next() {
			a.Models = append(a.Models, pages.Current().ID)
		}
		return pages.Err()
	case "limits":
		return limits(ctx, api, a)
	case "model":
		m, err := api.Models.Get(ctx, call.Model, anthropic.ModelGetParams{})
		if err != nil {
			return err
		}
		a.Model, a.Models = m.ID, []string{m.DisplayName, string(m.Type)}
		return nil
	}
	a.Unsupported = true
	return nil
}

func params(call client.Call) anthropic.MessageNewParams {
	text := "Say hello."
	if call.PromptBytes > 0 {
		text = strings.Repeat("word ", call.PromptBytes/5)
	}
	return anthropic.MessageNewParams{
		Model: anthropic.Model(call.Model), MaxTokens: call.MaxTokens,
		Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock(text))},
	}
}

func withTool(p *anthropic.MessageNewParams) {
	p.Tools = []anthropic.ToolUnionParam{anthropic.ToolUnionParamOfTool(anthropic.ToolInputSchemaParam{
		Properties: map[string]any{"city": map[string]any{"type": "string"}}, Required: []string{"city"},
	}, "get_weather")}
	p.ToolChoice = anthropic.ToolChoiceParamOfTool("get_weather")
}

func message(ctx context.Context, api *anthropic.Client, p anthropic.MessageNewParams, a *client.Answer) error {
	var resp *http.Response
	m, err := api.Messages.New(ctx, p, option.WithResponseInto(&resp))
	if err != nil {
		return err
	}
	a.RequestID = resp.Header.Get("request-id")
	return content(m, a)
}

func stream(ctx context.Context, api *anthropic.Client, p anthropic.MessageNewParams, a *client.Answer) error {
	var resp *http.Response
	s := api.Messages.NewStreaming(ctx, p, option.WithResponseInto(&resp))
	defer s.Close()
	var m anthropic.Message
	for s.Next() {
		event := s.Current()
		a.Events = append(a.Events, event.Type)
		if err := m.Accumulate(event); err != nil {
			return err
		}
	}
	if resp != nil {
		a.RequestID = resp.Header.Get("request-id")
	}
	if s.Err() != nil {
		a.Text = text(&m)
		return s.Err()
	}
	return content(&m, a)
}

func text(m *anthropic.Message) string {
	var b strings.Builder
	for _, block := range m.Content {
		if block.Type == "text" {
			b.WriteString(block.Text)
		}
	}
	return b.String()
}

func content(m *anthropic.Message, a *client.Answer) error {
	a.Text, a.Model, a.Stop = text(m), string(m.Model), string(m.StopReason)
	a.Input, a.Output = m.Usage.InputTokens, m.Usage.OutputTokens
	for _, block := range m.Content {
		switch block.Type {
		case "thinking":
			a.Thinking, a.Signature = block.Thinking, block.Signature
		case "tool_use":
			a.Tool = &client.Tool{Name: block.Name}
			if err := json.Unmarshal(block.Input, &a.Tool.Input); err != nil {
				return fmt.Errorf("the tool's input %s: %w", block.Input, err)
			}
		}
	}
	return nil
}

func limits(ctx context.Context, api *anthropic.Client, a *client.Answer) error {
	pages := api.Organization.RateLimits.ListAutoPaging(ctx, anthropic.OrganizationRateLimitListParams{Limit: anthropic.Int(2)})
	for pages.Next() {
		g := pages.Current()
		for _, l := range g.Limits {
			a.Models = append(a.Models, fmt.Sprintf("%s %s %s %d", g.Group.Type, strings.Join(g.Models, "+"), l.Type, l.Value))
		}
	}
	return pages.Err()
}

func batch(ctx context.Context, api *anthropic.Client, p anthropic.MessageNewParams, a *client.Answer) error {
	service := &api.Messages.Batches
	b := &client.Batch{}
	a.Batch = b
	made, err := service.New(ctx, requests(p))
	if err != nil {
		return fmt.Errorf("create: %w", err)
	}
	b.ID, b.Created, b.Processing = made.ID, string(made.ProcessingStatus), made.RequestCounts.Processing
	last, err := ended(ctx, api, made.ID)
	if err != nil {
		return err
	}
	b.Ended, b.Succeeded = string(last.ProcessingStatus), last.RequestCounts.Succeeded
	lines := service.ResultsStreaming(ctx, made.ID, anthropic.MessageBatchResultsParams{})
	defer lines.Close()
	for lines.Next() {
		b.Results = append(b.Results, lines.Current().CustomID+" "+lines.Current().Result.Type)
	}
	if lines.Err() != nil {
		return fmt.Errorf("results: %w", lines.Err())
	}
	slices.Sort(b.Results)
	pages := service.ListAutoPaging(ctx, anthropic.MessageBatchListParams{Limit: anthropic.Int(1)})
	for pages.Next() {
		if pages.Current().ID == made.ID {
			b.Listed++
		}
	}
	if pages.Err() != nil {
		return fmt.Errorf("list: %w", pages.Err())
	}
	gone, err := service.Delete(ctx, made.ID, anthropic.MessageBatchDeleteParams{})
	if err != nil {
		return fmt.Errorf("delete: %w", err)
	}
	b.Deleted = string(gone.Type)
	return cancel(ctx, api, p, b)
}

func cancel(ctx context.Context, api *anthropic.Client, p anthropic.MessageNewParams, b *client.Batch) error {
	service := &api.Messages.Batches
	other, err := service.New(ctx, requests(p))
	if err != nil {
		return fmt.Errorf("create: %w", err)
	}
	stopped, err := service.Cancel(ctx, other.ID, anthropic.MessageBatchCancelParams{})
	if err != nil {
		return fmt.Errorf("cancel: %w", err)
	}
	b.Canceled = string(stopped.ProcessingStatus)
	_, err = ended(ctx, api, other.ID)
	return err
}

func requests(p anthropic.MessageNewParams) anthropic.MessageBatchNewParams {
	var out anthropic.MessageBatchNewParams
	for _, id := range []string{"a", "b"} {
		out.Requests = append(out.Requests, anthropic.MessageBatchNewParamsRequest{
			CustomID: id,
			Params:   anthropic.MessageBatchNewParamsRequestParams{Model: p.Model, MaxTokens: p.MaxTokens, Messages: p.Messages},
		})
	}
	return out
}

func ended(ctx context.Context, api *anthropic.Client, id string) (*anthropic.MessageBatch, error) {
	for range 400 {
		b, err := api.Messages.Batches.Get(ctx, id, anthropic.MessageBatchGetParams{})
		if err != nil {
			return nil, fmt.Errorf("retrieve: %w", err)
		}
		if b.ProcessingStatus == "ended" {
			return b, nil
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return nil, errors.New("the batch did not end")
}

func describe(err error) *client.Error {
	var api *anthropic.Error
	if !errors.As(err, &api) {
		return &client.Error{Class: fmt.Sprintf("%T", err), Message: err.Error()}
	}
	var body struct {
		Error struct {
			Message string
			Details struct {
				Code string `json:"error_code"`
			}
		}
	}
	_ = json.Unmarshal([]byte(api.RawJSON()), &body) // what is not JSON has no message
	return &client.Error{
		Class: "*anthropic.Error", Status: api.StatusCode, Type: string(api.Type()), Code: body.Error.Details.Code,
		Message: body.Error.Message, RequestID: api.RequestID,
	}
}
