// Package chart writes a report.Document as one HTML file that opens from disk:
// no file beside it, no request to any network.
//
// Charts are built with go-echarts, but only as option builders: its page
// renderer pastes user data into scripts unescaped and loads its library from a
// public host. Here the options are marshalled by encoding/json, which escapes
// "<", into a block of type application/json. The page carries two scripts, the
// chart library and [a small one of ours], and a Content-Security-Policy that
// permits exactly these two by their hashes. Names from scenario files can
// therefore never run. Formatters are named in the options and looked up in our
// script; no code travels in the data.
//
// Equal documents give equal bytes. Safe for concurrent use.
//
// [a small one of ours]: the file asset/boot.js
package chart
