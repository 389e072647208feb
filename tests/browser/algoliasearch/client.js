// The official client, in full: calls come as JSON on stdin, what each gave goes out as JSON.
import { algoliasearch } from 'algoliasearch';
import { readFileSync } from 'node:fs';

const [shop, key] = process.argv.slice(2);
const options = { hosts: [{ url: shop, accept: 'readWrite', protocol: 'http' }] };
const search = algoliasearch('wares', key, options);
const clients = { search, recommend: search.initRecommend({ options }), insights: search.initInsights({ options }) };

const told = [];
for (const [client, method, asked] of JSON.parse(readFileSync(0, 'utf8'))) {
  const answers = [];
  const aggregator = (answer) => answers.push(answer);
  try {
    const gave = await clients[client][method](method === 'browseObjects' ? { ...asked, aggregator } : asked);
    told.push({ gave: method === 'browseObjects' ? answers : gave });
  } catch (error) {
    told.push({ name: error.name, status: error.status, message: error.message });
  }
}
process.stdout.write(JSON.stringify(told));
