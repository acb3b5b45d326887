# One image for every role: orchestrator, worker, simulator, or all in one (the default).
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY apps/orchestrator/package.json apps/orchestrator/
COPY apps/worker/package.json apps/worker/
COPY apps/standalone/package.json apps/standalone/
COPY apps/simulator/package.json apps/simulator/
COPY apps/dashboard/package.json apps/dashboard/
COPY packages/shared/package.json packages/shared/
COPY packages/statistics/package.json packages/statistics/
COPY packages/simulated-cluster/package.json packages/simulated-cluster/
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:24-bookworm-slim
WORKDIR /app
ENV GAUNTLET_DATA_DIR=/data HOST=0.0.0.0 PORT=8080
# The user `node` of the image; only /data is writable for it.
RUN mkdir /data && chown node:node /data
COPY --from=build /app /app
USER node
VOLUME /data
EXPOSE 8080
CMD ["node", "apps/standalone/src/main.ts"]
