import { liteClient } from 'algoliasearch/lite';
import instantsearch from 'instantsearch.js';
import {
  clearRefinements,
  configure,
  currentRefinements,
  hierarchicalMenu,
  hits,
  hitsPerPage,
  index,
  infiniteHits,
  numericMenu,
  pagination,
  rangeInput,
  ratingMenu,
  refinementList,
  relatedProducts,
  searchBox,
  sortBy,
  stats,
  toggleRefinement,
} from 'instantsearch.js/es/widgets';
import aa from 'search-insights';

const asked = new URLSearchParams(location.search);
const shop = asked.get('shop') || 'localhost:8000'; // where `wares serve` answers
const key = asked.get('key') || 'public'; // a key of the scopes search and events; a shop without keys takes any

const searchClient = liteClient('wares', key, {
  hosts: [{ url: shop, accept: 'readWrite', protocol: 'http' }],
});

aa('init', { appId: 'wares', apiKey: key, host: `http://${shop}`, useCookie: false });
aa('setUserToken', 'shopper-1');

const search = instantsearch({
  indexName: 'products',
  searchClient,
  insights: { insightsClient: aa },
});

const item = (hit, { html, components, sendEvent }) => html`
  <article data-id="${hit.objectID}" onClick="${() => sendEvent('click', hit, 'Product Clicked')}">
    <img src="${hit.image}" alt="" width="60" />
    <h3>${components.Highlight({ hit, attribute: 'name' })}</h3>
    <p>${components.Snippet({ hit, attribute: 'description' })}</p>
    <p class="brand">${hit.brand}</p>
    <p class="price">${hit.price} ${hit.currency}</p>
    <button onClick="${() => sendEvent('conversion', hit, 'Added To Cart', { eventSubtype: 'addToCart' })}">Add</button>
  </article>
`;

search.addWidgets([
  configure({
    attributesToSnippet: ['description:8'],
    queryLanguages: [asked.get('lang') || 'en'],
  }),
  searchBox({ container: '#searchbox' }),
  stats({ container: '#stats' }),
  sortBy({
    container: '#sort',
    items: [
      { value: 'products', label: 'Best match' },
      { value: 'products_price_asc', label: 'Cheapest' },
      { value: 'products_price_desc', label: 'Dearest' },
      { value: 'products_rating', label: 'Best rated' },
      { value: 'products_newest', label: 'Newest' },
    ],
  }),
  hitsPerPage({
    container: '#size',
    items: [
      { value: 6, label: '6', default: true },
      { value: 12, label: '12' },
    ],
  }),
  currentRefinements({ container: '#refinements' }),
  clearRefinements({ container: '#clear' }),
  hierarchicalMenu({
    container: '#categories',
    attributes: ['hierarchicalCategories.lvl0', 'hierarchicalCategories.lvl1', 'hierarchicalCategories.lvl2'],
  }),
  refinementList({ container: '#brand', attribute: 'brand', searchable: true }),
  refinementList({ container: '#color', attribute: 'color' }),
  refinementList({ container: '#tags', attribute: 'tags', operator: 'and' }),
  rangeInput({ container: '#price', attribute: 'price', precision: 2 }),
  ratingMenu({ container: '#rating', attribute: 'rating' }),
  numericMenu({
    container: '#reviews',
    attribute: 'rating_count',
    items: [{ label: 'Any' }, { label: '10 and up', start: 10 }, { label: '50 and up', start: 50 }],
  }),
  toggleRefinement({ container: '#stock', attribute: 'in_stock', templates: { labelText: 'In stock' } }),
  hits({ container: '#hits', templates: { item } }),
  pagination({ container: '#pagination' }),
]);

if (asked.has('like')) {
  search.addWidgets([
    relatedProducts({ container: '#related', objectIDs: [asked.get('like')], limit: 4, templates: { item } }),
  ]);
} else {
  search.addWidgets([
    index({ indexName: 'products_newest', indexId: 'newest' }).addWidgets([
      configure({ hitsPerPage: 3 }),
      infiniteHits({ container: '#newest', templates: { item } }),
    ]),
  ]);
}

search.start();
