local function grow(depth)
  if depth == 0 then return {} end
  return {left = grow(depth - 1), right = grow(depth - 1)}
end

local function count(tree)
  if not tree.left then return 1 end
  return 1 + count(tree.left) + count(tree.right)
end

local depth = tonumber(arg[1]) or 14
local lasting = grow(depth)
for d = 4, depth, 4 do
  local total = 0
  for _ = 1, 2 ^ (depth - d + 4) do total = total + count(grow(d)) end
  print(d .. " " .. total)
end
print(count(lasting))
