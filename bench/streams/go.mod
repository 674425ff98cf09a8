module ratecliff/bench/streams

go 1.26.0
