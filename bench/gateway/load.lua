-- Calls the echo action with each key of a file in turn, starting after the first N keys. Prints one
-- line of JSON at the end.
local requests, turn = {}, 0

function init(args)
  local headers = { ["Content-Type"] = "application/json" }
  turn = tonumber(args[2])
  for key in io.lines(args[1]) do
    headers["Authorization"] = "Bearer " .. key
    requests[#requests + 1] = wrk.format("POST", "/api/v1/actions", headers, '{"action":"echo","payload":{"message":"hello"}}')
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('\n{"requests":%d,"durationUs":%d,"p50Us":%d,"p99Us":%d,"failed":%d}\n', summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
