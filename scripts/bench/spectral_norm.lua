local function entry(i, j) return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1) end

local function times(v)
  local result, n = {}, #v
  for i = 0, n - 1 do
    local sum = 0
    for j = 0, n - 1 do sum = sum + entry(i, j) * v[j + 1] end
    result[i + 1] = sum
  end
  return result
end

local function transposed_times(v)
  local result, n = {}, #v
  for i = 0, n - 1 do
    local sum = 0
    for j = 0, n - 1 do sum = sum + entry(j, i) * v[j + 1] end
    result[i + 1] = sum
  end
  return result
end

local u, v = {}, nil
for i = 1, tonumber(arg[1]) or 300 do u[i] = 1.0 end
for _ = 1, 10 do
  v = transposed_times(times(u))
  u = transposed_times(times(v))
end
local uv, vv = 0, 0
for i = 1, #u do
  uv = uv + u[i] * v[i]
  vv = vv + v[i] * v[i]
end
print(string.format("%.9f", math.sqrt(uv / vv)))
