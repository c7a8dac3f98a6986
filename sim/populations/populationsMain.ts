import { populationsCommand } from './command.ts'

process.exitCode = await populationsCommand(process.argv.slice(2))
