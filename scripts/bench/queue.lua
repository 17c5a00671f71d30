local n, places = tonumber(arg[1]) or 300000, 10
local items, first, last = {}, 1, 0

local producer = coroutine.create(function()
  for i = 0, n - 1 do
    while last - first + 1 >= places do coroutine.yield() end
    last = last + 1
    items[last] = i
  end
end)

local total, got = 0, 0
while got < n do
  coroutine.resume(producer)
  while first <= last do
    total = total + items[first]
    items[first] = nil
    first, got = first + 1, got + 1
  end
end
print(string.format("%.0f", total))
