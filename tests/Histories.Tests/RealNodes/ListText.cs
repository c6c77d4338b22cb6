using System.Globalization;

namespace Ccr.Histories.Tests.RealNodes;

/// <summary>A list as a file holds it: "1 2 3 ".</summary>
internal static class ListText
{
    public static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    public static string Of(int value) => value.ToString(Culture) + " ";

    public static int[] Parse(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(v => int.Parse(v, Culture))];
}
