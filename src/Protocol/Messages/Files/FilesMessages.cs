using Ccr.Protocol.Names;

namespace Ccr.Protocol.Messages;

/// <summary>A Client works on a file inside an action. The path is relative to the Server's root.</summary>
public sealed record FilesRequest(
    long Reference, AtomicActionId Action, long Incarnation, string Path, FileOperation Operation)
    : FilesMessage, IActionMessage, IReferenceMessage;

/// <summary>What the file Server answers. Contents compare by place, not octet by octet.</summary>
public sealed record FilesReply(long Reference, bool Exists, long Size, ReadOnlyMemory<byte> Content)
    : FilesMessage, IReferenceMessage;

/// <summary>A request that cannot be served.</summary>
public sealed record FilesRefused(long Reference, Refusal Refusal) : FilesMessage, IReferenceMessage;
