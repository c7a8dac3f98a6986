/** Names of a member's accounts: a number where it is a crowd, a letter where each of it has several accounts. */
export const accountNames = (
  { name, count }: { readonly name: string; readonly count: number },
  number: number,
  accounts: number,
): readonly string[] => {
  const own = count === 1 ? name : `${name}-${number + 1}`
  return accounts === 1 ? [own] : Array.from({ length: accounts }, (_, i) => `${own}.${'abcdefgh'[i]}`)
}

/** Whether an account is one of a member's, by their names. */
export const isOf = (member: string, account: string): boolean =>
  account.startsWith(member) && /^(-\d+)?(\.[a-h])?$/.test(account.slice(member.length))
