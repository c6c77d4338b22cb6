namespace Ccr.CcrManager.Links;

/// <summary>A link was refused for a reason that trying again does not change.</summary>
internal sealed class PeerRefusedException(string message) : Exception(message);
