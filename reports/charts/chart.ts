/** What an axis measures, and how it is laid out; `steps` has a place for each value, in their order. */
export interface Axis {
  /** With its unit. */
  readonly label: string
  readonly scale: 'linear' | 'log' | 'steps'
  /** All places along it that something may stand at, also where nothing was measured; else those of the marks. */
  readonly values?: readonly (number | string)[]
  /** From where to where it reaches at least: panels that are compared have one. */
  readonly reach?: readonly [least: number, most: number]
}

/** A figure that was measured: a point, and how far what it stands for was spread. */
export interface Mark {
  readonly series: string
  readonly x: number | string
  readonly y: number
  /** Least and most of what `y` stands for. */
  readonly range?: readonly [low: number, high: number]
  /** What shows while a pointer rests on it. */
  readonly words: string
}

/** What a formula says, as a line through these points. */
export interface Curve {
  readonly series: string
  readonly points: readonly { readonly x: number | string; readonly y: number }[]
}

/** One panel of axes. */
export interface Chart {
  readonly title: string
  readonly x: Axis
  readonly y: Axis
  /** In the order of the legend. */
  readonly series: readonly string[]
  readonly marks: readonly Mark[]
  readonly curves: readonly Curve[]
}
