// Package mockserver is an [http.Handler] that speaks the Messages API and
// enforces limits the way the API documents them.
//
// It is a skin: it decodes a request, asks [model.Model] at the current instant
// and plays the timeline of the reply on the wall clock. Whatever it decides is
// decided in the model, so that a run over HTTP and one in virtual time meet
// the same server. May change before v1.
package mockserver
