using Ccr.Protocol.Messages;

namespace Ccr.Client;

/// <summary>How an atomic action ended.</summary>
public sealed record CcrOutcome
{
    private CcrOutcome(Refusal? refusal, IReadOnlyList<Damage> damages, bool recovered)
    {
        Refusal = refusal;
        Damages = damages;
        WasAskedFor = recovered;
    }

    /// <summary>True: all of it is done. False: none of it is (but see <see cref="Damages"/>).</summary>
    public bool IsCommitted => Refusal is null;

    /// <summary>Why it was rolled back; null when it is committed.</summary>
    public Refusal? Refusal { get; }

    /// <summary>Heuristic decisions that went the other way; nearly always empty (SEM-4).</summary>
    public IReadOnlyList<Damage> Damages { get; }

    /// <summary>True when the session broke during TransClose, and the outcome was learnt by asking.</summary>
    public bool WasAskedFor { get; }

    /// <inheritdoc/>
    public override string ToString() => IsCommitted ? "committed" : $"rolled back: {Refusal!.Text}";

    /// <summary>The same, with damage that this application saw itself.</summary>
    internal CcrOutcome With(IReadOnlyList<Damage> damages) => new(Refusal, [.. Damages, .. damages], WasAskedFor);

    internal static CcrOutcome Committed(IReadOnlyList<Damage> damages, bool asked = false) =>
        new(null, damages, asked);

    internal static CcrOutcome RolledBack(Refusal refusal, IReadOnlyList<Damage>? damages = null, bool asked = false) =>
        new(refusal, damages ?? [], asked);
}
