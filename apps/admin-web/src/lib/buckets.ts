const BUCKET_MS: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** When each bucket of a summary begins, in epoch ms, also those in which nothing happened: roll-ups leave these out. */
export function bucketStarts({ from, to, bucket }: { from: string; to: string; bucket: string }): number[] {
  const step = BUCKET_MS[bucket];
  const [first, end] = [Date.parse(from), Date.parse(to)];
  if (step === undefined || !(end > first)) return [];
  return Array.from({ length: Math.ceil((end - first) / step) }, (_, index) => first + index * step);
}
