import { workerCommand } from './command.ts'

process.exit(await workerCommand(process.argv.slice(2)))
