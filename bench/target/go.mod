module ratecliff/bench/target

go 1.26.0
