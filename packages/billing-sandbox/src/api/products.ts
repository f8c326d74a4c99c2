import { makeProduct } from '../objects/product.ts';
import type { Deleted, Product } from '../objects/types.ts';
import type { State } from '../state.ts';
import { change } from '../world.ts';
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
    handle({ world, params }) {
      const id = text(params, 'id') ?? null;
      if (id && (world.state.products[id] || world.state.deleted[id])) {
        throw invalid('Product already exists.', 'id', 'resource_already_exists');
      }
      const product = makeProduct(world, {
        id,
        name: required(params, 'name'),
        description: text(params, 'description') ?? null,
        active: flag(params, 'active') ?? true,
        metadata: metadata(params, 'metadata'),
      });
      world.emit('product.created', product);
      return product;
    },
  },
  {
    method: 'GET',
    path: '/v1/products',
    params: [...pageParams, ...createdParams, 'active', 'ids', 'url'],
    handle({ world, params }) {
      const ids = texts(params, 'ids');
      const keep = (product: Product) => isAsked(params, 'active', product.active) && (ids?.includes(product.id) ?? true);
      return page(params, '/v1/products', newestFirst(params, world.state.products, keep));
    },
  },
  {
    method: 'GET',
    path: '/v1/products/:id',
    params: [],
    handle: ({ world, path }) => world.state.deleted[path.id ?? ''] ?? productOf(world.state, path.id),
  },
  {
    method: 'POST',
    path: '/v1/products/:id',
    params: [...fields, 'default_price'],
    handle({ world, params, path }) {
      const product = productOf(world.state, path.id);
      const patch = patchOf(params, product);
      const changed = Object.entries(patch).some(([key, value]) => JSON.stringify(value) !== JSON.stringify(product[key as keyof Product]));
      if (changed) change(world, { type: 'product.updated', object: product, patch: { ...patch, updated: world.now() } });
      return product;
    },
  },
  {
    method: 'DELETE',
    path: '/v1/products/:id',
    params: [],
    handle({ world, path }) {
      const product = productOf(world.state, path.id);
      if (Object.values(world.state.prices).some((price) => price.product === product.id)) {
        throw invalid('This product cannot be deleted because it has one or more user-created prices.', 'id');
      }
      const deleted: Deleted = { id: product.id, object: 'product', deleted: true };
      delete world.state.products[product.id];
      world.state.deleted[product.id] = deleted;
      world.emit('product.deleted', product);
      return deleted;
    },
  },
];

/** The product, or a refusal in Stripe's shape; a parameter's name makes it a 400. */
export function productOf(state: State, id: string | undefined, param?: string): Product {
  const product = state.products[id ?? ''];
  if (!product) throw missing('product', id ?? '', param);
  return product;
}

function patchOf(params: Params, product: Product): Partial<Product> {
  const name = text(params, 'name');
  const description = text(params, 'description');
  const active = flag(params, 'active');
  const standard = text(params, 'default_price');
  return {
    metadata: metadata(params, 'metadata', product.metadata),
    ...(name ? { name } : {}),
    ...(description === undefined ? {} : { description }),
    ...(active === undefined ? {} : { active }),
    ...(standard === undefined ? {} : { default_price: standard }),
  };
}
