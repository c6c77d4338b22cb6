namespace Ccr.Demo;

/// <summary>The demo cannot go on; the message is for the user.</summary>
internal sealed class DemoFailedException(string message, Exception? inner = null) : Exception(message, inner);
