/** Whoever reads standard output may stop reading, as `head` does: nothing has gone wrong. A full disk takes nothing more, which is bad input. */
export const endWhereNobodyReads = (): void => {
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE') process.stderr.write(`error: standard output cannot be written (${code})\n`)
    process.exit(code === 'EPIPE' ? undefined : 2)
  })
}
