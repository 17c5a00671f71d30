local loop = require "loop"
local n = tonumber(arg[1]) or 1000000
local total = 0

local function turns(count)
  for _ = 1, count do loop.yield() end
  total = total + count
end

loop.spawn(turns, math.floor(n / 2))
loop.spawn(turns, math.floor(n / 2))
loop.run()
print(total)
