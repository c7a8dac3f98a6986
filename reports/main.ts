import { simCommand } from '../sim/command.ts'
import { writePage } from './writePage.ts'

process.exitCode = await simCommand(process.argv.slice(2), writePage)
