using System.Text.Json.Serialization;

namespace Ccr.Bench;

/// <summary>One figure. A ratio is taken in one run, never across runs or machines.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Value">How much.</param>
/// <param name="Unit">Of what.</param>
/// <param name="Against">What it is compared with, and how much that was, in words; null where nothing is.</param>
/// <param name="Ratio">Value through that.</param>
/// <param name="Reach">The aim in words; null for a figure without one.</param>
/// <param name="Holds">Whether the aim is reached; true for a figure without one.</param>
internal sealed record Figure(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("value")] double Value,
    [property: JsonPropertyName("unit")] string Unit,
    [property: JsonPropertyName("against")] string? Against,
    [property: JsonPropertyName("ratio")] double? Ratio,
    [property: JsonPropertyName("reach")] string? Reach,
    [property: JsonPropertyName("holds")] bool Holds);
