using System.Globalization;

namespace Ccr.Histories;

/// <summary>Parts of sentences.</summary>
internal static class Words
{
    private const int ShownMax = 12;

    /// <summary>A list; of a long one its end.</summary>
    public static string Of(ReadOnlySpan<int> list)
    {
        string cut = list.Length > ShownMax ? "... " : "";
        int[] shown = [.. list[Math.Max(0, list.Length - ShownMax)..]];
        return $"[{cut}{string.Join(' ', shown.Select(v => v.ToString(CultureInfo.InvariantCulture)))}]";
    }
}
