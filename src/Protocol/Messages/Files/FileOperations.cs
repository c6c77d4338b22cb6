namespace Ccr.Protocol.Messages;

/// <summary>Read; for update takes the lock that a later write needs.</summary>
public sealed record ReadFile(bool ForUpdate, long Offset, long Length) : FileOperation;

/// <summary>Write at an offset.</summary>
public sealed record WriteFile(long Offset, ReadOnlyMemory<byte> Content) : FileOperation;

/// <summary>Write at the end.</summary>
public sealed record AppendFile(ReadOnlyMemory<byte> Content) : FileOperation;

/// <summary>Replace the whole content; creates the file where it is missing.</summary>
public sealed record ReplaceFile(ReadOnlyMemory<byte> Content) : FileOperation;

/// <summary>Remove the file.</summary>
public sealed record DeleteFile() : FileOperation;
