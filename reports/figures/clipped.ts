/** A text as far as it fits: SVG breaks no lines. @param characterWidth of the figure's font, on average, in its own units */
export const clipped = (text: string, width: number, characterWidth: number): string => {
  const most = Math.floor(width / characterWidth)
  if (text.length <= most) return text
  return most < 2 ? '' : `${text.slice(0, most - 1)}…`
}
