local loop = require "loop"
local levels = tonumber(arg[1]) or 6

local function node(level)
  if level == 0 then
    loop.yield()
    return 1
  end
  local me, left, total = coroutine.running(), 6, 0
  for _ = 1, 6 do
    loop.start(coroutine.create(function()
      local value = node(level - 1)
      total = total + value
      left = left - 1
      if left == 0 then loop.start(me) end
    end))
  end
  coroutine.yield()
  return total
end

loop.spawn(function() print(node(levels)) end)
loop.run()
