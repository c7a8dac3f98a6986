import { simCommand } from '../sim/command.ts'
import { EXIT } from '../sim/exitCode.ts'
import { explainCommand } from './explain/command.ts'
import { PAGES } from './pages.ts'

// A reader that has seen enough, such as `head`, closes the pipe; a full disk takes nothing more.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  if (code !== 'EPIPE') process.stderr.write(`error: standard output cannot be written (${code})\n`)
  process.exit(code === 'EPIPE' ? undefined : EXIT.badInput)
})

const args = process.argv.slice(2)
process.exitCode = args[0] === 'explain' ? explainCommand(args.slice(1)) : await simCommand(args, PAGES)
