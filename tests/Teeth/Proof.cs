namespace Ccr.Teeth;

/// <summary>What a campaign leaves for the ledger.</summary>
internal static class Proof
{
    public static Evidence.Evidence Of(CampaignResult result)
    {
        double[] seconds = [.. result.Catches.Where(c => c.Found).Select(c => c.Seconds).Order()];
        Evidence.Evidence evidence = new Evidence.Evidence("teeth", "seeded faults")
            .Count("seeded", result.Catches.Count)
            .Count("found", result.Found)
            .Count("seconds, build included", Math.Round(result.Seconds))
            .Count("median seconds to find", seconds.Length == 0 ? 0 : Math.Round(seconds[seconds.Length / 2], 1))
            .Count("longest", seconds.Length == 0 ? 0 : Math.Round(seconds[^1], 1));
        foreach (Catch missed in result.Catches.Where(c => !c.Found))
        {
            evidence.Found($"not found: {missed.Fault.Name} ({missed.Fault.Says})");
        }

        return evidence;
    }
}
