/** What the page of a run's n-th dispute is called, from 1, in the folder of the run's name. */
export const disputeFileOf = (number: number): string => `dispute-${number}.html`
