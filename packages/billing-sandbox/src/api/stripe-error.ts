/** An error in Stripe's format, `{ error: { type, code, message, param } }`, with a status. */
export class StripeError extends Error {
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  readonly param: string | null;
  readonly declineCode: string | null;

  constructor(error: { status: number; type?: string; code?: string; message: string; param?: string; declineCode?: string }) {
    super(error.message);
    this.status = error.status;
    this.type = error.type ?? 'invalid_request_error';
    this.code = error.code ?? null;
    this.param = error.param ?? null;
    this.declineCode = error.declineCode ?? null;
  }

  body(requestId: string | null): { error: Record<string, unknown> } {
    return {
      error: {
        ...(this.code ? { code: this.code, doc_url: `https://docs.stripe.com/error-codes/${this.code.replaceAll('_', '-')}` } : {}),
        ...(this.declineCode ? { decline_code: this.declineCode } : {}),
        message: this.message,
        ...(this.param ? { param: this.param } : {}),
        ...(requestId ? { request_log_url: `https://dashboard.stripe.com/test/logs/${requestId}` } : {}),
        type: this.type,
      },
    };
  }
}

/** No such object: 404 for the id in the path, 400 for an id in a parameter. */
export function missing(kind: string, id: string, param?: string): StripeError {
  return new StripeError({
    status: param ? 400 : 404,
    code: 'resource_missing',
    message: `No such ${kind}: '${id}'`,
    param: param ?? 'id',
  });
}

export function invalid(message: string, param?: string, code?: string): StripeError {
  return new StripeError({ status: 400, message, ...(param ? { param } : {}), ...(code ? { code } : {}) });
}
