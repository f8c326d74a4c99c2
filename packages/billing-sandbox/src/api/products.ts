import { makeProduct } from '../objects/product.ts';
import type { Deleted, Product } from '../objects/types.ts';
import { change } from '../runtime.ts';
import type { State } from '../state.ts';
import { createdParams, isAsked, newestFirst, page, pageParams } from './page.ts';
import { flag, metadata, type Params, required, text, texts } from './params.ts';
import type { Route } from './route.ts';
import { invalid, missing } from './stripe-error.ts';

const fields = ['name', 'description', 'active', 'metadata.*'] as const;

/** `/v1/products`. */
export const productRoutes: Route[] = [
  {
    method: 'POST',
    path: '/v1/products',
    params: [...fields, 'id'],
    handle({ runtime, params }) {
      const id = text(params, 'id') ?? null;
      if (id && (runtime.state.products[id] || runtime.state.deleted[id])) {
        throw invalid('Product already exists.', 'id', 'resource_already_exists');
      }
      const product = makeProduct(runtime, {
        id,
        name: required(params, 'name'),
        description: text(params, 'description') ?? null,
        active: flag(params, 'active') ?? true,
        metadata: metadata(params, 'metadata'),
      });
      runtime.emit('product.created', product);
      return product;
    },
  },
  {
    method: 'GET',
    path: '/v1/products',
    params: [...pageParams, ...createdParams, 'active', 'ids', 'url'],
    handle({ runtime, params }) {
      const ids = texts(params, 'ids');
      const keep = (product: Product) => isAsked(params, 'active', product.active) && (ids?.includes(product.id) ?? true);
      return page(params, '/v1/products', newestFirst(params, runtime.state.products, keep));
    },
  },
  {
    method: 'GET',
    path: '/v1/products/:id',
    params: [],
    handle: ({ runtime, path }) => runtime.state.deleted[path.id ?? ''] ?? productOf(runtime.state, path.id),
  },
  {
    method: 'POST',
    path: '/v1/products/:id',
    params: [...fields, 'default_price'],
    handle({ runtime, params, path }) {
      const product = productOf(runtime.state, path.id);
      const patch = patchOf(params, product);
      const changed = Object.entries(patch).some(([key, value]) => JSON.stringify(value) !== JSON.stringify(product[key as keyof Product]));
      if (changed) change(runtime, { type: 'product.updated', object: product, patch: { ...patch, updated: runtime.now() } });
      return product;
    },
  },
  {
    method: 'DELETE',
    path: '/v1/products/:id',
    params: [],
    handle({ runtime, path }) {
      const product = productOf(runtime.state, path.id);
      if (Object.values(runtime.state.prices).some((price) => price.product === product.id)) {
        throw invalid('This product cannot be deleted because it has one or more user-created prices.', 'id');
      }
      const deleted: Deleted = { id: product.id, object: 'product', deleted: true };
      delete runtime.state.products[product.id];
      runtime.state.deleted[product.id] = deleted;
      runtime.emit('product.deleted', product);
      return deleted;
    },
  },
];

/** @throws StripeError 404, or 400 if `param` names the id's parameter */
export function productOf(state: State, id: string | undefined, param?: string): Product {
  const product = state.products[id ?? ''];
  if (!product) throw missing('product', id ?? '', param);
  return product;
}

function patchOf(params: Params, product: Product): Partial<Product> {
  const name = text(params, 'name');
  const description = text(params, 'description');
  const active = flag(params, 'active');
  const defaultPrice = text(params, 'default_price');
  return {
    metadata: metadata(params, 'metadata', product.metadata),
    ...(name ? { name } : {}),
    ...(description === undefined ? {} : { description }),
    ...(active === undefined ? {} : { active }),
    ...(defaultPrice === undefined ? {} : { default_price: defaultPrice }),
  };
}
