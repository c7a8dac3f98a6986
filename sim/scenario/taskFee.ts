import type { Wei } from '../../spec/setting/parameters.ts'
import type { FieldFault } from './fault.ts'
import { mostFeeWei } from './parameters.ts'

/** What a fee has to fit: a deployment's claim bond, what is burned of it, and the least for verifiers that are asked. */
interface Terms {
  readonly claimBondWei: Wei
  readonly burnBasisPoints: number
  readonly attention?: { readonly minFeeWei: Wei } | undefined
}

/** What a task pays where its file says nothing, as far as the deployment takes that. */
const USUAL_FEE_WEI = 10n ** 16n

export const usualFeeWei = (
  terms: Omit<Terms, 'claimBondWei'> & { readonly claimBondWei: Wei | undefined },
): Wei => {
  const { claimBondWei, burnBasisPoints, attention } = terms
  const least = attention?.minFeeWei ?? 0n
  if (USUAL_FEE_WEI < least) return least
  const most = claimBondWei === undefined ? USUAL_FEE_WEI : mostFeeWei({ claimBondWei, burnBasisPoints })
  return USUAL_FEE_WEI > most && most >= 0n ? most : USUAL_FEE_WEI
}

/** Why the deployment would refuse such a request: a lie must cost more than the fee that it could earn. */
export const feeFaults = (
  { feeWei, attentionWei }: { readonly feeWei: Wei; readonly attentionWei?: Wei | undefined },
  { claimBondWei, burnBasisPoints, attention }: Terms,
): readonly FieldFault[] => {
  const faults: FieldFault[] = []
  const fault = (key: string, reason: string) => faults.push({ path: ['task', key], reason })
  const most = mostFeeWei({ claimBondWei, burnBasisPoints })
  const least = attention?.minFeeWei ?? 0n
  if (feeWei < least)
    fault(
      'feeWei',
      `is ${feeWei}, less than its part for verifiers that are asked; allowed: ${least} and more`,
    )
  if (feeWei > most)
    fault(
      'feeWei',
      `is ${feeWei}, not less than what is burned of a claim bond of ${claimBondWei}: a lie must cost more than it can earn; ` +
        `allowed: ${most < 0n ? 'a larger bond' : `0 to ${most}`}`,
    )
  if (attentionWei === undefined) return faults
  if (attention === undefined) {
    if (attentionWei > 0n)
      fault('attentionWei', 'is for verifiers that are asked; allowed with game.attention')
  } else if (attentionWei < least || attentionWei > feeWei)
    fault('attentionWei', `is ${attentionWei}; allowed: ${least} to the fee, ${feeWei}`)
  return faults
}
