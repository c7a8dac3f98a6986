import { walk } from './stepper.ts'

walk()
