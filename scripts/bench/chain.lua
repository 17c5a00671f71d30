local loop = require "loop"
local n, depth = tonumber(arg[1]) or 150000, 100

local function leaf()
  for _ = 1, n do loop.yield() end
  return n
end

local function link(d)
  if d == 0 then return (leaf()) end
  return (link(d - 1))
end

loop.spawn(function() print(link(depth)) end)
loop.run()
