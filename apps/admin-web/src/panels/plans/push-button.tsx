import { IconCloudUpload } from '@tabler/icons-react';
import { useBillingMode } from '../../lib/billing.ts';
import { ReasonButton } from '../../ui/reason-button.tsx';
import { sellingWords } from './selling-words.ts';

/** Opens the dialog that pushes plans; with billing off it says why it can’t. */
export function PushButton({ onClick }: { onClick: () => void }) {
  const { push, off } = sellingWords(useBillingMode());
  return (
    <ReasonButton off={off} variant="default" leftSection={<IconCloudUpload size={16} aria-hidden />} onClick={onClick}>
      {push}
    </ReasonButton>
  );
}
