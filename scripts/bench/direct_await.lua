local n = tonumber(arg[1]) or 5000000

local function identity(x) return x end

local main = coroutine.wrap(function()
  local total = 0
  for i = 0, n - 1 do total = total + identity(i) end
  print(string.format("%.0f", total))
end)
main()
