local loop = require "loop"
local n, woken = tonumber(arg[1]) or 1000000, 0
for i = 0, n - 1 do
  loop.start(coroutine.create(function()
    loop.sleep(0.5 + i * 7919 % n / n / 2)
    woken = woken + 1
  end))
end
loop.run()
print(woken)
