-- wrk's side of benchmarks/service_load.py: POSTs the lines of a file in turn.
-- Requests are written once, before the load begins, so that a request costs wrk next to nothing.

local requests, at = {}, 0

function init(words)
  for line in io.lines(words[1]) do
    local headers = { ["Content-Type"] = "application/json" }
    requests[#requests + 1] = wrk.format("POST", nil, headers, line)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("TOLD %d %d %d %d %d\n", summary.requests, summary.duration, failed,
    latency:percentile(50), latency:percentile(99)))
end
