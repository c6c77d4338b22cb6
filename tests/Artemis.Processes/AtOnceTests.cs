using Ccr.Artemis.Processes.Support;

namespace Ccr.Artemis.Processes;

/// <summary>
/// Threads that have just been built anew stand in the last step of it: a checkpoint then must not touch the stacks
/// that they stand on. And of those that are being made, and those that end, none may be missed.
/// </summary>
[Trait("Category", "Slow")]
public sealed class AtOnceTests
{
    private const int RestartsAtOnce = 5;

    [Theory]
    [InlineData("threads", 1500)]
    [InlineData("births", 90)]
    public Task A_checkpoint_at_once_after_each_restart(string name, int steps) => Trial.RunAsync(
        (_, times) => CProgramTests.CommandOf(name, steps * times),
        async (program, _) =>
        {
            await program.TakeAsync();
            for (int restart = 0; restart < RestartsAtOnce; restart++)
            {
                await program.KillAsync();
                await program.RestartAsync();
                await program.TakeAsync();
                await program.TakeAsync();
            }
        });
}
