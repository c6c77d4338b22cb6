using System.Globalization;
using Ccr.Protocol.Messages;

namespace Ccr.Ccrctl;

/// <summary>The words for values that people read, the same in tables and in JSON.</summary>
internal static class Words
{
    public static string Of(Outcome outcome) => outcome switch
    {
        Outcome.Committed => "committed",
        Outcome.RolledBack => "rolled back",
        Outcome.InDoubt => "in doubt",
        Outcome.Active => "active",
        Outcome.Forgotten => "forgotten",
        _ => $"outcome {(int)outcome}",
    };

    public static string Of(DamageKind kind) => kind switch
    {
        DamageKind.Mix => "mix",
        DamageKind.Hazard => "hazard",
        _ => $"damage {(int)kind}",
    };

    public static string Of(DamageTaken taken) => taken switch
    {
        DamageTaken.Committed => "committed",
        DamageTaken.RolledBack => "rolled back",
        DamageTaken.Unknown => "unknown",
        _ => $"taken {(int)taken}",
    };

    public static string Of(Damage damage) =>
        $"{Of(damage.Kind)} at {damage.Node}, branch {damage.Branch} ({Of(damage.Taken)}): {damage.Text}";

    public static string Age(long ms) => ms switch
    {
        < 1_000 => $"{ms} ms",
        < 60_000 => string.Create(CultureInfo.InvariantCulture, $"{ms / 1000.0:0.0} s"),
        < 3_600_000 => $"{ms / 60_000} min {ms / 1000 % 60} s",
        _ => $"{ms / 3_600_000} h {ms / 60_000 % 60} min",
    };
}
