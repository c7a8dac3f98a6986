const MAX_DEPTH = 64

/** JSON, nested no deeper than 64. @param fail told the reason where it is not */
export const parseJson = (text: string, fail: (reason: string) => never): unknown => {
  if (depthOf(text) > MAX_DEPTH) return fail(`is nested deeper than ${MAX_DEPTH}`)
  try {
    return JSON.parse(text)
  } catch {
    return fail('is not JSON')
  }
}

/** How deep brackets are nested, those in strings left out. */
const depthOf = (text: string): number => {
  let [depth, deepest, inString] = [0, 0, false]
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (inString) {
      if (character === '\\') i++
      else if (character === '"') inString = false
    } else if (character === '"') inString = true
    else if (character === '{' || character === '[') deepest = Math.max(deepest, ++depth)
    else if (character === '}' || character === ']') depth--
  }
  return deepest
}
