namespace Ccr.Resources.Xa;

/// <summary>A branch cannot be named in a database; the message says why and what to do.</summary>
public sealed class XaNameException(string message) : Exception(message);
