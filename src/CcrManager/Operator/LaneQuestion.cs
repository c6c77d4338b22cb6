using Ccr.CcrManager.Lanes;

namespace Ccr.CcrManager.Operator;

/// <summary>Asks every lane something on its own thread, and goes on when the last has answered.</summary>
internal static class LaneQuestion
{
    public static void Ask<TAnswer>(LaneSet lanes, Func<LaneHost, ILaneCore, TAnswer> ask, Action<TAnswer[]> answered)
    {
        TAnswer[] answers = new TAnswer[lanes.Count];
        int outstanding = lanes.Count;
        for (int i = 0; i < lanes.Count; i++)
        {
            int lane = i;
            lanes[lane].Enqueue(new LaneJob(core =>
            {
                answers[lane] = ask(lanes[lane], core);
                if (Interlocked.Decrement(ref outstanding) == 0)
                {
                    ThreadPool.UnsafeQueueUserWorkItem(_ => answered(answers), null);
                }
            }));
        }

        lanes.Kick();
    }
}
