using Ccr.Protocol.Ber;

namespace Ccr.Protocol.Apdus;

/// <summary>Nochange-confirmation. It is extensible: a value that has no name here is kept as it came.</summary>
public enum NochangeConfirmation
{
    /// <summary>The sender forgets the branch; no answer is due.</summary>
    NotRequired = 0,

    /// <summary>The sender waits for the outcome.</summary>
    ResultRequested = 1,
}

/// <summary>Nochange-outcome. It is extensible: a value that has no name here is kept as it came.</summary>
public enum NochangeOutcome
{
    /// <summary>Not decided, or not known.</summary>
    NotDetermined = 0,

    /// <summary>The action committed.</summary>
    Committed = 1,

    /// <summary>The action rolled back.</summary>
    RolledBack = 2,

    /// <summary>Nobody changed anything.</summary>
    NoChange = 3,
}

/// <summary>C-NOCHANGE-RI: the sender's side of the branch changed nothing.</summary>
/// <param name="Confirmation">Whether the sender wants to hear the outcome.</param>
public sealed record NochangeRi(NochangeConfirmation Confirmation = NochangeConfirmation.ResultRequested) : Apdu
{
    /// <inheritdoc/>
    public override int TagNumber => 13;

    /// <inheritdoc/>
    public override string Name => "C-NOCHANGE-RI";

    internal static NochangeRi Read(ref BerReader reader, int tag)
    {
        BerReader inner = reader.Enter(tag);
        NochangeConfirmation confirmation = inner.NextIs(0x80)
            ? (NochangeConfirmation)inner.ReadEnumerated(0x80)
            : NochangeConfirmation.ResultRequested;
        return new NochangeRi(confirmation) { User = ReadUser(ref inner) };
    }

    internal override void WriteComponents(BerWriter writer)
    {
        if (Confirmation != NochangeConfirmation.ResultRequested)
        {
            writer.WriteEnumerated(0x80, (int)Confirmation);
        }
    }
}

/// <summary>C-NOCHANGE-RC: the outcome, for one that changed nothing.</summary>
/// <param name="Outcome">The outcome.</param>
public sealed record NochangeRc(NochangeOutcome Outcome = NochangeOutcome.NotDetermined) : Apdu
{
    /// <inheritdoc/>
    public override int TagNumber => 14;

    /// <inheritdoc/>
    public override string Name => "C-NOCHANGE-RC";

    internal static NochangeRc Read(ref BerReader reader, int tag)
    {
        BerReader inner = reader.Enter(tag);
        NochangeOutcome outcome = inner.NextIs(0x80)
            ? (NochangeOutcome)inner.ReadEnumerated(0x80)
            : NochangeOutcome.NotDetermined;
        return new NochangeRc(outcome) { User = ReadUser(ref inner) };
    }

    internal override void WriteComponents(BerWriter writer)
    {
        if (Outcome != NochangeOutcome.NotDetermined)
        {
            writer.WriteEnumerated(0x80, (int)Outcome);
        }
    }
}
