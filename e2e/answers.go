package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ratecliff/e2e/client"
)

// answers are the checks of everything that succeeds.
func answers(clients []client.Client, m *mock) []check {
	var out []check
	for _, op := range []string{"message", "stream", "helper", "tool", "tool_stream", "thinking", "thinking_stream"} {
		out = append(out, each(supporting(clients, op), m, op, func(ctx context.Context, c client.Client, call client.Call) error {
			call.Op = op
			return sound(c.Name(), call, c.Do(ctx, call))
		})...)
	}
	out = append(out, each(supporting(clients, "count"), m, "count_tokens agrees with the bill", counted)...)
	out = append(out, each(supporting(clients, "batch"), m, "batches", batched)...)
	out = append(out, each(supporting(clients, "models"), m, "models", listed)...)
	out = append(out, each(supporting(clients, "limits"), m, "the Rate Limits API tells the truth", published)...)
	return out
}

// want collects what is wrong with an answer.
type want struct{ errs []error }

func (w *want) that(ok bool, format string, args ...any) {
	if !ok {
		w.errs = append(w.errs, fmt.Errorf(format, args...))
	}
}

func (w *want) err() error { return errors.Join(w.errs...) }

func failure(a client.Answer) error {
	if a.Unsupported {
		return errors.New("the client's script does not know the operation")
	}
	if a.Error != nil {
		return fmt.Errorf("%+v", *a.Error)
	}
	return nil
}

// sound judges a message by what its operation promises.
func sound(name string, call client.Call, a client.Answer) error {
	if err := failure(a); err != nil {
		return err
	}
	var w want
	w.that(a.Model == call.Model || a.Model == "" && name == langchain, "model %q, want %q", a.Model, call.Model)
	w.that(a.Input > 0, "no input tokens")
	w.that(a.Output > 1, "output tokens %d", a.Output)
	w.that(strings.HasPrefix(a.RequestID, "req_") || name == langchain, "request id %q", a.RequestID)
	switch kind, _, _ := strings.Cut(call.Op, "_"); kind {
	case "tool":
		w.that(a.Tool != nil && a.Tool.Name == "get_weather", "tool %+v", a.Tool)
		if a.Tool != nil {
			_, ok := a.Tool.Input["city"].(string)
			w.that(ok, "the tool's input lacks its required field: %v", a.Tool.Input)
		}
		w.that(slices.Contains([]string{"tool_use", "tool-calls"}, a.Stop) || a.Stop == "" && name == langchain, "stop reason %q", a.Stop)
	case "thinking":
		w.that(a.Thinking != "", "no thinking")
		w.that(a.Signature != "" || name == vercel, "no signature")
		w.that(a.Text != "", "no text after the thinking")
	default:
		w.that(a.Text != "", "no text")
		w.that(slices.Contains([]string{"end_turn", "stop", "max_tokens", "length"}, a.Stop) || a.Stop == "" && name == langchain, "stop reason %q", a.Stop)
	}
	if strings.HasSuffix(call.Op, "stream") && name != vercel && name != langchain {
		w.that(ordered(a.Events), "events %q", a.Events)
	}
	if strings.HasSuffix(call.Op, "stream") {
		w.that(len(a.Events) > 2, "events %q", a.Events)
	}
	return w.err()
}

// ordered says whether events follow the grammar of a stream.
func ordered(events []string) bool {
	state := "start"
	for _, e := range events {
		switch {
		case state == "start" && e == "message_start":
			state = "between"
		case state == "between" && e == "content_block_start", state == "block" && e == "content_block_delta":
			state = "block"
		case state == "block" && e == "content_block_stop":
			state = "between"
		case (state == "between" || state == "delta") && e == "message_delta":
			state = "delta"
		case state == "delta" && e == "message_stop":
			state = "end"
		default:
			return false
		}
	}
	return state == "end"
}

func counted(ctx context.Context, c client.Client, call client.Call) error {
	call.PromptBytes = 5000
	call.Op = "count"
	count := c.Do(ctx, call)
	if err := failure(count); err != nil {
		return err
	}
	call.Op = "message"
	sent := c.Do(ctx, call)
	if err := failure(sent); err != nil {
		return err
	}
	var w want
	w.that(count.Input == sent.Input && count.Input > 500, "counted %d, billed %d", count.Input, sent.Input)
	return w.err()
}

func batched(ctx context.Context, c client.Client, call client.Call) error {
	call.Op, call.MaxTokens = "batch", 64
	a := c.Do(ctx, call)
	if err := failure(a); err != nil {
		return err
	}
	var w want
	b := a.Batch
	w.that(strings.HasPrefix(b.ID, "msgbatch_"), "id %q", b.ID)
	w.that(b.Created == "in_progress" && b.Processing == 2, "made as %q with %d in processing", b.Created, b.Processing)
	w.that(b.Ended == "ended" && b.Succeeded == 2, "ended as %q with %d successes", b.Ended, b.Succeeded)
	w.that(slices.Equal(b.Results, []string{"a succeeded", "b succeeded"}), "results %q", b.Results)
	w.that(b.Listed == 1, "listed %d times", b.Listed)
	w.that(b.Deleted == "message_batch_deleted", "deleted as %q", b.Deleted)
	w.that(slices.Contains([]string{"canceling", "ended"}, b.Canceled), "canceled as %q", b.Canceled)
	return w.err()
}

func listed(ctx context.Context, c client.Client, call client.Call) error {
	call.Op = "models"
	list := c.Do(ctx, call)
	if err := failure(list); err != nil {
		return err
	}
	var w want
	w.that(len(list.Models) > 2, "models %q: a second page is wanted", list.Models)
	sorted := slices.Sorted(slices.Values(list.Models))
	w.that(len(slices.Compact(sorted)) == len(list.Models), "models twice in %q", list.Models)
	if len(list.Models) == 0 {
		return w.err()
	}
	call.Op, call.Model = "model", list.Models[0]
	one := c.Do(ctx, call)
	if err := failure(one); err != nil {
		return err
	}
	w.that(one.Model == call.Model && len(one.Models) == 2 && one.Models[0] != "" && one.Models[1] == "model", "model %q %q", one.Model, one.Models)
	call.Model = "claude-never-9"
	none := c.Do(ctx, call)
	w.that(none.Error != nil && none.Error.Status == 404 && none.Error.Type == "not_found_error", "an unknown model: %+v", none.Error)
	return w.err()
}

// published compares the Rate Limits API with the profile start.
func published(ctx context.Context, c client.Client, call client.Call) error {
	call.Op, call.Key = "limits", "sk-ant-admin01-e2e"
	a := c.Do(ctx, call)
	if err := failure(a); err != nil {
		return err
	}
	var w want
	for _, line := range []string{
		"model_group claude-sonnet-5 requests_per_minute 1000",
		"model_group claude-sonnet-5 input_tokens_per_minute 2000000",
		"model_group claude-sonnet-5 output_tokens_per_minute 400000",
	} {
		w.that(slices.Contains(a.Models, line), "%q is missing in %q", line, a.Models)
	}
	return w.err()
}
