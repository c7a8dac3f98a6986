import { endWhereNobodyReads } from '../sim/closedOutput.ts'
import { simCommand } from '../sim/command.ts'
import { explainCommand } from './explain/command.ts'
import { PAGES } from './pages.ts'

endWhereNobodyReads()

const args = process.argv.slice(2)
process.exitCode = args[0] === 'explain' ? explainCommand(args.slice(1)) : await simCommand(args, PAGES)
