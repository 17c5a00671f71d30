local n = tonumber(arg[1]) or 10000000
local total = 0
local count = coroutine.wrap(function()
  for i = 0, n - 1 do coroutine.yield(i) end
end)
for i in count do total = total + i end
print(string.format("%.0f", total))
