import { z } from 'zod';
import { ErrorData } from './errors';

/** JSON-RPC 2.0 (jsonrpc.org/specification), without batches. */
export const RpcId = z.union([z.int(), z.string().max(100)]);
export const RpcRequest = z.object({
  jsonrpc: z.literal('2.0'),
  id: RpcId,
  method: z.string().max(100),
  params: z.unknown().optional()
});
export const RpcNotification = z.object({
  jsonrpc: z.literal('2.0'),
  method: z.string().max(100),
  params: z.unknown().optional()
});
export const RpcError = z.object({
  code: z.int(),
  message: z.string(),
  data: ErrorData.optional()
});
export const RpcResponse = z.union([
  z.object({ jsonrpc: z.literal('2.0'), id: RpcId, result: z.unknown() }),
  z.object({ jsonrpc: z.literal('2.0'), id: RpcId.nullable(), error: RpcError })
]);
export type RpcId = z.infer<typeof RpcId>;
export type RpcRequest = z.infer<typeof RpcRequest>;
export type RpcNotification = z.infer<typeof RpcNotification>;
export type RpcError = z.infer<typeof RpcError>;
export type RpcResponse = z.infer<typeof RpcResponse>;
