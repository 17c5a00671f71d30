local n, batch = tonumber(arg[1]) or 200000, 10000
local create, resume = coroutine.create, coroutine.resume
local total = 0
for _ = 1, n / batch do
  local jobs, results = {}, {}
  for i = 0, batch - 1 do jobs[i + 1] = create(function() return i % 7 end) end
  for i = 1, batch do
    local _, value = resume(jobs[i])
    results[i] = value
  end
  for i = 1, batch do total = total + results[i] end
end
print(total)
