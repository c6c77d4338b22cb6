namespace Ccr.Artemis;

/// <summary>A checkpoint does not fit into the space that its group may have.</summary>
public sealed class StoreFullException(string message) : IOException(message);
