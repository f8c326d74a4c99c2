const BUCKET_MS: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** Start of every bucket of a summary, in epoch ms, including the empty ones that roll-ups omit. */
export function bucketStarts({ from, to, bucket }: { from: string; to: string; bucket: string }): number[] {
  const step = BUCKET_MS[bucket];
  const [first, end] = [Date.parse(from), Date.parse(to)];
  if (step === undefined || !(end > first)) return [];
  return Array.from({ length: Math.ceil((end - first) / step) }, (_, index) => first + index * step);
}
